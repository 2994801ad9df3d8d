"""The demonstration trial: made by driving the real services under the demonstration clock."""
