"""What is asked: the request and its bounds."""
