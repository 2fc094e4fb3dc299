"""The playground: a local stand-in for Slack, with a web page, for trying the bot without a workspace."""
