"""Appointments: read from booking systems' iCalendar feeds, and told to calendars of staff."""
