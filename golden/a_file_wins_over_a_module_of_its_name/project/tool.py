print('module')
