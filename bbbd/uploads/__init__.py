"""What browsers record of themselves, where no engine on the server does: received piece by piece."""
