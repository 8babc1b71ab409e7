"""The web page: rendered here, without JavaScript, and nothing in it fetched from elsewhere."""
