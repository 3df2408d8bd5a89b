"""Rich Text Format (RTF 1.9.1): read by a tokenizer of our own, written back by cutting ranges."""
