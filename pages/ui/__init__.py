"""What several pages use, once: language, model picker, digits, live monitor, decoder pad."""
