"""The pages, as people use them. Thin: what to fill in and what to press, never what is right."""
