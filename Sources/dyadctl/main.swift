print("dyadctl")
