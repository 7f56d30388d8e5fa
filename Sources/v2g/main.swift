print("v2g")
