"""One made-up business with real purchases, written as the data of either emulated CRM."""
