"""Articles and passages: takes them in, keeps them, finds them. Knows nothing of HTTP, chat tools or the environment."""
