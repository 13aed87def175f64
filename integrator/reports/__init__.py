"""Reports for heads of sales: from the base as of an instant to plain rows; pure."""
