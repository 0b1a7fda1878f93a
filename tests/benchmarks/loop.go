// One template after the other, each by the six calls that a script makes: token, read, PUT, registration, webhook, audit.
//
//	loop COUNT
//
// The tenant is the one of CXONE_BASE_URL; templates are named as corpus.py names them.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

var base = os.Getenv("CXONE_BASE_URL")

func call(method, path, token string, sent any) map[string]any {
	body, err := json.Marshal(sent)
	if err != nil {
		fail(err)
	}
	request, err := http.NewRequest(method, base+path, bytes.NewReader(body))
	if err != nil {
		fail(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		fail(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		fail(fmt.Errorf("%s %s: %s %v", method, path, response.Status, err))
	}
	found := map[string]any{}
	if err := json.Unmarshal(answer, &found); err != nil {
		fail(err)
	}
	return found
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(err)
	}
	for number := range count {
		id := fmt.Sprintf("tmpl_%05d", number)
		path := "/api/v1/messaging/templates/" + id
		token := call("POST", "/oauth/token", "", nil)["access_token"].(string)
		template := call("GET", path, token, nil)
		template["status"] = "APPROVED"
		call("PUT", path, token, template)
		registration := map[string]any{"template_id": id, "campaign_name": "Appointments", "message_class": "TRANSACTIONAL"}
		call("POST", "/api/v1/a2p/registrations", token, registration)
		call("POST", "/api/v1/webhooks", token, map[string]any{"url": "https://compliance.example.com/hooks/cxone"})
		call("POST", "/api/v1/audit/logs", token, map[string]any{"template_id": id, "status": "APPROVED"})
	}
	fmt.Println("done:", count)
}
