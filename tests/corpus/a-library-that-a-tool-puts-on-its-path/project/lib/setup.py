raise SystemExit('compiles in place, and is no business of the installers')
