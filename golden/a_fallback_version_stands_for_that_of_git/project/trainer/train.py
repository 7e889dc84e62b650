import trainer
