"""What runs inside the function's process. Imports nothing of sundog; speaks every Python from 3.9 on."""
