"""What can go wrong between caliban, the machine and the engine: one constructor per problem, one module per area."""
