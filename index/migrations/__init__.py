"""The store's schema, as numbered scripts that are only ever added to."""
