"""The intake: readings as devices send them, safe on disk before they are acknowledged.

The way of a message: client.py receives it, buffer.py holds it, writer.py has spool.py sync it and then
acknowledges it, closing.py turns whole journals into Parquet batches, and loading.py brings closed batches
into the lake. Everything but client, writer and service is plain functions over bytes and files.
"""
