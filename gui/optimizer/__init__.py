"""What the optimizer does: an update taken apart, the loss surface, dropout."""
