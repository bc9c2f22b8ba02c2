"""What monitors tell, and what people make of it (AVL-5): monitors propose, a person decides."""
