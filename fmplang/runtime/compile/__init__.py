"""From a typed program to closures: plain ones for what is pure, generator functions for what may ask."""
