"""The engine thread as its users see it. (The thread itself is written here by the torch side's author.)"""
