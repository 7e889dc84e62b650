"""Everything that can be wrong with what the user gave: one constructor per problem, one module per stage."""
