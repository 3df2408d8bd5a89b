"""Archives written anew, judged by 7-Zip: everything but the replaced member is as it was."""
