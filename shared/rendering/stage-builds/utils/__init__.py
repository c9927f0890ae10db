"""What the application asks about the stage that it is deployed to."""
