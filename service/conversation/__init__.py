"""What a question means after others: what it leaves out is carried over from them."""
