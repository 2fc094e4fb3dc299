"""The built-in frameworks, one YAML file each, written from the documents of their authors."""
