"""What requests cost: prices of models, tokens that a text has, and whole numbers of nanodollars made of the two."""
