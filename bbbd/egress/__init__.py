"""Every request that leaves this server: checked, bounded in time and bytes."""
