"""Training of the net behind the rules: data, recipe, figures. No part of the product."""
