"""The commands: a package for each family of them; what several families share is a module here."""
