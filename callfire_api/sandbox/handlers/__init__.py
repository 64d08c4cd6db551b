"""What each operation does, one module per noun. A handler gets a checked Visit and the ids in the path."""
