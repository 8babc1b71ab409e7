"""What stands at addresses: fetched safely, feeds and sitemaps read, the articles behind them taken in."""
