"""The use cases: observe (snapshot and answers to a World), apply (a Plan to drafts to pushed or moved), reconcile."""
