-- For each who asks, the moment (seconds since 1970) up to which the requests so far have used up the rate.
CREATE TABLE arrivals (who TEXT PRIMARY KEY, used REAL NOT NULL) WITHOUT ROWID;
