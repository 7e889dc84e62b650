from pkg import ROOT

print(ROOT)
