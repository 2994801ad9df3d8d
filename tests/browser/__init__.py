"""Stories in a real browser: a real server, a real worker, Debian's Chromium."""
