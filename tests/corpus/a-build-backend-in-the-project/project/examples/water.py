from deeptoy.main import main

main()
