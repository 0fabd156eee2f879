"""The schema of the action store, revision by revision; nothing here is changed once it was released."""
