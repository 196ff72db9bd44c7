"""Training of the net behind the rules: data, recipe, command and figures. No part of the product."""
