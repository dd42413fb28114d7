"""What the hub of a site needs besides its services: identities, who may do what on the bus, enrolment, backup."""
