from yardwatch.cli import main

main()
