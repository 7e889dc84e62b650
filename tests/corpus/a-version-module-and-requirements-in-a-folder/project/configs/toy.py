model = dict(type='Toy', depth=50)
total_epochs = 2
