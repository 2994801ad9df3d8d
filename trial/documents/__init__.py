"""Documents from outside, read strictly and written exactly: JSON in, every problem named by its key; JSON out."""
