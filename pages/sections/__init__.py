"""What stands on one page only: the parts that its short file puts in order."""
