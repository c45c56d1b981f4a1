"""Supervisors in OTP's terms: child specs, strategies, restart types, intensity, backoff. Knows nothing of trading."""
