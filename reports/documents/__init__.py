"""What the PDF documents say, each from its frozen source."""
