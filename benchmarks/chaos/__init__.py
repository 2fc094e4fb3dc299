"""The fault benchmark: is every promise kept once, whatever breaks?

Real worker processes share one database and post to the strict stand-ins for Slack and Discord over loopback,
while calls fail, answers get lost, clocks jump, the database is busy, cut off or full, and workers are killed
or frozen. A judge then compares what was promised with what stands in the channels.
"""
