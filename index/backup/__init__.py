"""A data folder in one file, and back: `taking` makes it of a folder in use, `restoring` a folder of it.

The file is a tar archive, compressed or not, that any tar unpacks into a data folder:

    footnote-backup.json   what it is, when and of what it was made, and every file's name and size, in order
    store.sqlite …         the files
    SHA256SUMS             the checksum of each, header included, as sha256sum -c wants them
"""
